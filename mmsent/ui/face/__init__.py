"""The face tabs: live camera and photo."""
