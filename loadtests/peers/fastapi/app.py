# What a Python team runs today: FastAPI parses the update, Redis tells whether it is new (SET NX) and keeps it (XADD).
# uvicorn app:app --loop uvloop; PEER_REDIS_PORT names the Redis.
import os

from fastapi import FastAPI, Request
from redis.asyncio import Redis

app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
redis = Redis(host="127.0.0.1", port=int(os.environ["PEER_REDIS_PORT"]))


@app.get("/ready")
async def ready():
    await redis.ping()
    return {}


@app.post("/telegram/webhook/{bot}")
async def webhook(bot: str, request: Request):
    update = await request.json()
    key = f"seen:{bot}:{update['update_id']}"
    if await redis.set(key, 1, nx=True, ex=86400):
        await redis.xadd(f"updates:{bot}", {"body": await request.body()})
    return {}
