"""Results -> what a person or a program reads. One module a format or a thing told; each takes a stream."""
