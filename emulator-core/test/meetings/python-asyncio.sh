python3 -c '
import asyncio
async def echo(reader, writer):
  while line := await reader.readline(): writer.write(line.upper()); await writer.drain()
  writer.close()
async def main():
  async with await asyncio.start_unix_server(echo, "socket"):
    reader, writer = await asyncio.open_unix_connection("socket"); writer.write(b"line\n"); print(await reader.readline())
    writer.close(); await writer.wait_closed()
  child = await asyncio.create_subprocess_exec("/bin/echo", "child", stdout=asyncio.subprocess.PIPE)
  print(await child.communicate())
asyncio.run(main())'
