// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/// Asks one server, with DO, over UDP and then TCP where the answer is truncated. Safe for many threads.
record DnsClient(InetSocketAddress server) {
    private static final int WAIT_MILLIS = 15_000;

    /// Whether the resolver shall check what it answers.
    enum Checking {
        DONE,
        /// The CD bit is set.
        DISABLED
    }

    Message ask(DnsQuestion question, Checking checking) {
        var query = new Message(ThreadLocalRandom.current().nextInt(1 << 16));
        query.getHeader().setFlag(Flags.RD);
        if (checking == Checking.DISABLED) {
            query.getHeader().setFlag(Flags.CD);
        }
        query.addRecord(Record.newRecord(question.owner(), question.typeCode(), DClass.IN), Section.QUESTION);
        query.addRecord(new OPTRecord(1232, 0, 0, ExtendedFlags.DO), Section.ADDITIONAL);
        try {
            var answer = overUdp(query.toWire());
            return answer.getHeader().getFlag(Flags.TC) ? overTcp(query.toWire()) : answer;
        } catch (IOException e) {
            throw new PeerFailure(server + " does not answer " + question + ": " + e);
        }
    }

    /// As [#ask], but only the datagram.
    Message askOverUdpAlone(DnsQuestion question) {
        var query = Message.newQuery(Record.newRecord(question.owner(), question.typeCode(), DClass.IN));
        query.addRecord(new OPTRecord(1232, 0, 0, ExtendedFlags.DO), Section.ADDITIONAL);
        try {
            return overUdp(query.toWire());
        } catch (IOException e) {
            throw new PeerFailure(server + " does not answer " + question + ": " + e);
        }
    }

    private Message overUdp(byte[] query) throws IOException {
        try (var socket = new DatagramSocket()) {
            socket.connect(server);
            socket.setSoTimeout(WAIT_MILLIS);
            for (var attempt = 0; ; attempt++) {
                socket.send(new DatagramPacket(query, query.length));
                var packet = new DatagramPacket(new byte[65_535], 65_535);
                try {
                    socket.receive(packet);
                    return new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
                } catch (SocketTimeoutException e) {
                    if (attempt > 0) {
                        throw e;
                    }
                }
            }
        }
    }

    private Message overTcp(byte[] query) throws IOException {
        try (var socket = new Socket()) {
            socket.connect(server, WAIT_MILLIS);
            socket.setSoTimeout(WAIT_MILLIS);
            socket.getOutputStream()
                    .write(ByteBuffer.allocate(query.length + 2)
                            .putShort((short) query.length)
                            .put(query)
                            .array());
            var in = new DataInputStream(socket.getInputStream());
            var octets = new byte[in.readUnsignedShort()];
            in.readFully(octets);
            return new Message(octets);
        }
    }
}
