"""Pictures of plans and of searches as SVG text, and as PNG; nothing but values goes in."""
