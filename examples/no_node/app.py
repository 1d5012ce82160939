"""A page without Node: the service has the client as one module."""

from flask import Flask
from tigertally import TigerTally

app = Flask(__name__, static_folder="page", static_url_path="/page")
TigerTally(app)


@app.get("/")
def page():
    return app.send_static_file("index.html")
