"""The catalogue (药品目录): its history by day and region, imports, and search."""
