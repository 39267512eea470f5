"""The meme tab."""
