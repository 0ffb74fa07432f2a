from yulu.cli import main

main()
