"""asyncio: timers, streams over unix sockets, subprocesses, signals, threads."""
import asyncio
import os
import signal
import sys


async def serve(reader, writer):
    while line := await reader.readline():
        writer.write(line[::-1].strip() + b"\n")
        await writer.drain()
    writer.close()


async def talk(path, number):
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(f"client {number}\n".encode())
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer.decode().strip()


async def big(path):
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(b"x" * 60000 + b"\n")
    await writer.drain()
    writer.write_eof()
    return len(await reader.read())


async def main():
    loop = asyncio.get_running_loop()
    order = []
    loop.call_later(0.02, order.append, "second")
    loop.call_soon(order.append, "first")
    await asyncio.sleep(0.05)
    print("timers", order)

    path = "/tmp/loops.sock"
    server = await asyncio.start_unix_server(serve, path, limit=1 << 20)
    print("clients", await asyncio.gather(*(talk(path, n) for n in range(20))))
    print("big", await big(path))
    server.close()

    process = await asyncio.create_subprocess_exec(
        "cat", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate(b"through a pipe\n" * 10000)
    print("subprocess", len(output), process.returncode)
    processes = [await asyncio.create_subprocess_shell(f"sleep 0.0{n}; exit {n}") for n in range(5)]
    print("codes", await asyncio.gather(*(p.wait() for p in processes)))
    process = await asyncio.create_subprocess_exec("sleep", "100")
    process.terminate()
    print("terminated", await process.wait())

    got = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, got.set)
    os.kill(os.getpid(), signal.SIGUSR1)
    await asyncio.wait_for(got.wait(), 10)
    print("signal")
    print("thread", await asyncio.to_thread(sum, range(1000)))
    try:
        await asyncio.wait_for(asyncio.sleep(60), 0.02)
    except TimeoutError:
        print("timeout")
    print("loop", type(loop._selector).__name__)


asyncio.run(main())
