"""asyncio: tasks, timeouts, subprocesses, pipes, unix streams, signals, threads."""
import asyncio
import os
import signal
import socket


async def serve(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()


async def client(i):
    reader, writer = await asyncio.open_unix_connection("socket")
    writer.write(f"client {i}\n".encode())
    answer = await reader.readline()
    writer.close()
    return answer.decode().strip()


async def main():
    print(await asyncio.gather(*(asyncio.sleep(0.01 * (5 - i), i) for i in range(5))))
    try:
        async with asyncio.timeout(0.05):
            await asyncio.sleep(10)
    except TimeoutError:
        print("timeout")
    process = await asyncio.create_subprocess_exec("cat", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    print(await process.communicate(b"through cat"), process.returncode)
    many = await asyncio.gather(*(asyncio.create_subprocess_shell(f"sleep 0.0{i}; exit {i}") for i in range(10)))
    print([await p.wait() for p in many])
    server = await asyncio.start_unix_server(serve, "socket")
    print(await asyncio.gather(*(client(i) for i in range(10))))
    server.close()
    queue = asyncio.Queue()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, queue.put_nowait, "signal")
    os.kill(os.getpid(), signal.SIGUSR1)
    print(await queue.get())
    print(await asyncio.to_thread(sum, range(100)))
    a, b = socket.socketpair()
    a.setblocking(False)
    b.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(a, b"pair")
    print(await loop.sock_recv(b, 10))
    a.close()
    b.close()


asyncio.run(main())
