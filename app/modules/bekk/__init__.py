"""The Bekk: the student paper, issue after issue, and its reader."""
