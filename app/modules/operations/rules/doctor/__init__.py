"""What is right and wrong with an installation: facts in, verdicts out (``flask doctor``)."""
