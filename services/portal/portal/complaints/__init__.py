"""我要投诉律师或律所: whose matter it is first, wrong doors shown the right one (measure 12); clues of impostors."""
