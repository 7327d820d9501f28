"""Is an address on the public internet?  Knows no names and opens nothing."""

import ipaddress

from requests_hardened.ip_filter import EXTRA_BLOCKED_NET_RANGES

# What is given out today; all other IPv6 is local, translated or reserved.
PLATFORM = ipaddress.ip_address("168.63.129.16")  # of Azure, from within its machines
GLOBAL_IPV6 = ipaddress.ip_network("2000::/3")


def is_public(address: str) -> bool:
    """False for what is private, local, a cloud's metadata, translated or no address.

    An IPv4 address inside an IPv6 one is judged as what it is.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if ip.version == 6 and ip not in GLOBAL_IPV6:
        return False
    if ip.is_multicast or ip.is_reserved or not ip.is_global or ip == PLATFORM:
        return False
    return not any(ip in network for network in EXTRA_BLOCKED_NET_RANGES)
