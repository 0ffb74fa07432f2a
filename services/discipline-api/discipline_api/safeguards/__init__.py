"""What must stand before anything is published: how the province reads the law for each class of decision, with the
history of its choices, and the organs' impact assessments (个人信息保护法 55, 56). Serves measure 12 (M12-D5).
"""
