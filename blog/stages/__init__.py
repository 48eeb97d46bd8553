"""What the pages of the career stages reckon with: the quiz, lists of cases, what teaches."""
