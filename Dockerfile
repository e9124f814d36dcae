# One image for web, worker, beat and migrations; docker-compose.yml says which is which.
FROM python:3.13-slim AS build
RUN python -m venv /venv
COPY requirements/base.txt /tmp/base.txt
RUN /venv/bin/pip install --no-cache-dir --require-hashes --requirement /tmp/base.txt

FROM python:3.13-slim
RUN useradd --uid 10001 --create-home backoffice \
    && install --directory --owner backoffice /media /schedule
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=backoffice.settings \
    STATIC_ROOT=/srv/static \
    MEDIA_ROOT=/media
WORKDIR /srv/backoffice
COPY . .
RUN SECRET_KEY=only-while-building DATABASE_URL=postgres:///unused \
    python manage.py collectstatic --no-input --verbosity=0 --ignore=django_htmx \
    && python -m compileall -q .
USER backoffice
EXPOSE 8000
CMD ["gunicorn", "--config", "gunicorn.conf.py", "--bind", "0.0.0.0:8000"]
