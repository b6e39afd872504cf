@echo off
rem Installs what is missing and starts Homegrown: the steps of "make run", for Windows. Untested.
setlocal
cd /d "%~dp0"
set "PYTHON=python"
where py >nul 2>nul && set "PYTHON=py"
%PYTHON% --version >nul 2>nul
if errorlevel 1 (
    echo Python is missing: run  winget install Python.Python.3.12  and then run.cmd again.
    exit /b 2
)
%PYTHON% install.py
if errorlevel 1 exit /b %errorlevel%
.venv\Scripts\python.exe app.py %*
exit /b %errorlevel%
