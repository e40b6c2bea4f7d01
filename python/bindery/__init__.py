"""Make a Quarto book: execute its chapters, freeze the results, bind the pages."""
