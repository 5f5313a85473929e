"""Smart audit (智能审核): rules as data, samples, and the cases that come of them. Pure."""
