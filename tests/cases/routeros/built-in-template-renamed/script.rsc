/routing bgp template set IBGP name=default
