"""What one types about Club Q."""

from flask.cli import AppGroup

from app.modules.club_q.cli import offline, runs

group = AppGroup("club-q", help="Club Q: the attribution, run again and checked.")
group.add_command(runs.run)
group.add_command(runs.replay)
group.add_command(offline.solve)
group.add_command(offline.check)
