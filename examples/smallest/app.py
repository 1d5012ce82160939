from flask import Flask
from tigertally import TigerTally
from tigertally.flask import current_claims, signed_in

app = Flask(__name__)
TigerTally(app)


@app.get("/reports")
@signed_in()
def reports():
    return {"for": current_claims().user_id}
