"""What keeps the page up: files, limits, health, logs, devices."""
