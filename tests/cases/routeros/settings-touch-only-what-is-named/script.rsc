/ip dns set servers=10.0.0.53
