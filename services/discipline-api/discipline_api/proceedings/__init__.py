"""Cases from the first clue to the last payment, administrative and industry, each by its own machine (measure 12).

States, steps, competence and deadlines are data (`contracts/proceedings.yaml`); here are the guards, what a step leaves
in the case, and the file itself, sealed. A sanction comes into being when its decision has been served, of an industry
sanction when it has taken effect, and nothing of it is told outside before (行政处罚法 58-65, 会员违规行为处分规则).
"""
