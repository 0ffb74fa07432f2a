"""Back-fill (补录): past periods as the department has them on paper, from one table, dry-run first, in one commit."""
