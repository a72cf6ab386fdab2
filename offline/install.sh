#!/bin/sh
# Installs without any network: sh offline/install.sh [PYTHON]
set -eu
folder=$(cd "$(dirname "$0")" && pwd)
version=$(cat "$folder/python-version")
python=${1:-python$version}
if ! command -v "$python" >/dev/null; then
  echo "没有找到 $python。请先安装 Python $version（含 venv），或指明：sh offline/install.sh /路径/python$version" >&2
  exit 1
fi
exec "$python" "$folder/install.py"
