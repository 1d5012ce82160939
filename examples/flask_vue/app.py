"""Flask with a Vue application: `npm start` builds the page and serves it."""

from pathlib import Path

from flask import Flask, send_from_directory
from tigertally import TigerTally
from tigertally.flask import current_claims, signed_in

PAGES = Path(__file__).parent / "dist"

app = Flask(__name__, static_folder=None)
TigerTally(app)


@app.get("/api/reports")
@signed_in()
def reports():
    return {"for": current_claims().user_id}


@app.get("/", defaults={"path": "index.html"})
@app.get("/<path:path>")
def page(path):
    return send_from_directory(PAGES, path if (PAGES / path).is_file() else "index.html")
