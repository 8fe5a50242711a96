// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.io.EOFException;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import org.gatepost.dns.DnsFailure.Reason;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

/// One question to one server: UDP, then TCP when the answer is truncated or seems to be forged.
///
/// Each question has a fresh socket, hence a fresh random port; a datagram that is not the answer to it, by source
/// or by [Query], is ignored and the wait goes on. Blocks its (virtual) thread.
///
/// @param server resolved, IPv4 or IPv6
record Exchange(InetSocketAddress server, Query query, TcpConnections connections, Deadline deadline) {
    private static final int UDP_BUFFER = 4096;

    /// So many datagrams that do not fit are somebody guessing: TCP cannot be guessed into (RFC 5452 §9.3).
    private static final int MAX_ALIENS = 32;

    /// Asks over UDP and, when that cannot give the answer, over TCP.
    Reply ask() {
        byte[] octets = query.octets();
        int aliens = 0;
        try (var socket = new DatagramSocket()) {
            socket.connect(server);
            socket.send(new DatagramPacket(octets, octets.length));
            var packet = new DatagramPacket(new byte[UDP_BUFFER], UDP_BUFFER);
            while (!deadline.isOver() && aliens < MAX_ALIENS) {
                socket.setSoTimeout(deadline.socketMillis());
                packet.setLength(UDP_BUFFER);
                socket.receive(packet);
                switch (query.match(ByteBuffer.wrap(packet.getData(), 0, packet.getLength()))) {
                    case Query.Match.Answer(Message answer) -> {
                        return answer.getHeader().getFlag(Flags.TC) ? askOverTcp() : judge(answer);
                    }
                    case Query.Match.OtherCase _ -> {
                        return askOverTcp();
                    }
                    case Query.Match.Alien _ -> aliens++;
                }
            }
        } catch (SocketTimeoutException e) {
            // Falls through: whether anything came at all decides what is said.
        } catch (PortUnreachableException e) {
            return missing(Reason.UNREACHABLE, "could not be reached (port closed) for");
        } catch (IOException e) {
            return missing(Reason.UNREACHABLE, "could not be reached for");
        }
        if (aliens == MAX_ALIENS) {
            return askOverTcp();
        }
        return aliens > 0
                ? missing(Reason.MALFORMED, "sent nothing readable for")
                : missing(Reason.TIMED_OUT, "did not answer in time for");
    }

    /// How a TCP connection comes by its answer.
    private interface Connecting {
        ByteBuffer exchange(InetSocketAddress server, byte[] octets, Deadline deadline) throws IOException;
    }

    /// Asks over TCP alone (RFC 7766), where nobody off the path can answer.
    Reply askOverTcp() {
        return askOverTcp(connections::exchange);
    }

    /// Asks over TCP what was not answered over UDP, perhaps because the answer is long and got lost.
    Reply askOverTcpOnSuspicion() {
        return askOverTcp(connections::exchangeOnSuspicion);
    }

    private Reply askOverTcp(Connecting connecting) {
        try {
            ByteBuffer octets = connecting.exchange(server, query.octets(), deadline);
            return switch (query.match(octets)) {
                case Query.Match.Answer(Message answer) -> judge(answer);
                case Query.Match.OtherCase(Message answer) -> judge(answer);
                case Query.Match.Alien _ -> missing(Reason.MALFORMED, "sent nothing readable over TCP for");
            };
        } catch (SocketTimeoutException e) {
            return missing(Reason.TIMED_OUT, "did not answer in time over TCP for");
        } catch (EOFException e) {
            return missing(Reason.UNREACHABLE, "closed the TCP connection without an answer to");
        } catch (IOException e) {
            return missing(Reason.UNREACHABLE, "could not be reached over TCP for");
        }
    }

    private Reply judge(Message answer) {
        int code = answer.getRcode();
        return switch (code) {
            case Rcode.NOERROR, Rcode.NXDOMAIN -> new Reply.Received(answer, server);
            case Rcode.SERVFAIL -> missing(Reason.SERVER_FAILURE, "answered SERVFAIL to");
            default -> missing(Reason.REFUSED, "answered " + Rcode.string(code) + " to");
        };
    }

    private Reply missing(Reason reason, String what) {
        return Reply.missing(reason, Upstreams.text(server) + " " + what + " " + query.question());
    }
}
