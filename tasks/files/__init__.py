"""Files that tasks take and give: references, storage and signed links."""
