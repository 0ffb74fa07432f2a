"""Bad-conduct records (不良执业信息) that are no sanctions: criminal convictions and failed yearly assessments.

Recorded by the competent organ, published, withheld and withdrawn as sanctions are, and gone at their term. Serves
measure 12 (M12-D5).
"""
