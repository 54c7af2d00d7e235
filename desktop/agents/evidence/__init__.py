"""What agents prove their words with: sentences of texts, quotations from them, and on what a statement rests."""
