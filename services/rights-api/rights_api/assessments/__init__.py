"""Impact assessments of the rights channel before it opens (RR19, PIPL 55 and 56); serves measure 13."""
