FLASK_APP=pc-est-magique.py
FLASK_DEBUG=0
