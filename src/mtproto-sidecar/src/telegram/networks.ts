import { BlockList, isIPv6 } from 'node:net'

/** Telegram's own networks (AS62041, AS62014, AS59930, AS211157, AS44907 as announced; core.telegram.org/resources/cidr.txt). */
const networks = new BlockList()
for (const [address, prefix] of [
  ['91.105.192.0', 23], ['91.108.4.0', 22], ['91.108.8.0', 22], ['91.108.12.0', 22], ['91.108.16.0', 22], ['91.108.20.0', 22],
  ['91.108.56.0', 22], ['95.161.64.0', 20], ['149.154.160.0', 20], ['185.76.151.0', 24],
] as const) networks.addSubnet(address, prefix, 'ipv4')
for (const [address, prefix] of [
  ['2001:67c:4e8::', 48], ['2001:b28:f23c::', 48], ['2001:b28:f23d::', 48], ['2001:b28:f23f::', 48], ['2a0a:f280::', 32],
] as const) networks.addSubnet(address, prefix, 'ipv6')

/** A session string names the server it is for; one that points elsewhere would hand our traffic to a stranger. */
export function isTelegramAddress(address: string): boolean {
  return networks.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}
