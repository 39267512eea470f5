"""One pipeline a task: files and arrays in, frozen results out."""
