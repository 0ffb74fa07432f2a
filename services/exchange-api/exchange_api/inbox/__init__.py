"""What organs send us and is owed an answer (来件): doubts about our data (校核申请), judgments, reconsideration."""
