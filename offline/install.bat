@echo off
rem Installs without any network: offline\install.bat
set /p version=<"%~dp0python-version"
py -%version% "%~dp0install.py"
if errorlevel 1 pause
