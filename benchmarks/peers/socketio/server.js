// express + socket.io + bull: POST /upload enqueues; what the worker publishes goes to the user's room.
import express from 'express';
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import Queue from 'bull';
import { createClient } from 'redis';

const REDIS_URL = process.env.REDIS_URL;
const app = express();
app.use(express.json());
const http = createServer(app);
const io = new Server(http, { cors: { origin: '*' } });
const queue = new Queue('jobs', REDIS_URL);

app.post('/upload', async (request, response) => {
  const { file, userId, steps, pauseMs } = request.body;
  const job = await queue.add({ file, userId, steps, pauseMs });
  response.json({ jobId: job.id });
});

io.on('connection', (socket) => {
  socket.join(String(socket.handshake.query.userId));
});

const subscriber = createClient({ url: REDIS_URL }).on('error', console.error);
await subscriber.connect();
await subscriber.subscribe('jobStatus', (message) => {
  const event = JSON.parse(message);
  io.to(String(event.userId)).emit('jobUpdate', event);
});

http.listen(Number(process.env.PORT), '127.0.0.1');
