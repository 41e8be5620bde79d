# The page of `ppp serve` without PyTorch, for a port of this machine:
#   docker build -t ppp . && docker run --rm -p 127.0.0.1:8000:8000 ppp
# It prints the address to open, with its token. Other commands: docker run --rm -v "$PWD:/work" ppp run a.jpg -o out
FROM python:3.13-slim AS build
COPY . /src
RUN python -m venv /opt/ppp \
 && /opt/ppp/bin/pip install --no-cache-dir -r /src/requirements/light.txt \
 && /opt/ppp/bin/pip install --no-cache-dir --no-deps /src

FROM python:3.13-slim
COPY --from=build /opt/ppp /opt/ppp
RUN useradd --create-home --uid 1000 ppp && mkdir /work && chown ppp /work
ENV PATH=/opt/ppp/bin:$PATH
USER ppp
WORKDIR /work
EXPOSE 8000
# Without the token it answers 401: it is there.
HEALTHCHECK --start-period=60s --timeout=10s CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=5); c.request('GET', '/'); assert c.getresponse().status < 500"]
ENTRYPOINT ["ppp"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
