def report(path):
    print(path)
