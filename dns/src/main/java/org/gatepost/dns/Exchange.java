// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.gatepost.dns.DnsFailure.Reason;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/// One question to one server: UDP, then TCP when the answer is truncated.
///
/// Each question has a fresh socket, hence a fresh random port, and a random id (RFC 5452 §9); a datagram
/// that is not the answer to it, by source, id or question, is ignored and the wait goes on. Blocks its
/// (virtual) thread.
final class Exchange {
    /// What fits one datagram on every path without fragments (RFC 9715 §3.2).
    static final int UDP_PAYLOAD = 1232;

    private static final int UDP_BUFFER = 4096;

    private final InetSocketAddress server;
    private final Message query;
    private final Deadline deadline;

    /// @param server resolved, IPv4 or IPv6
    Exchange(InetSocketAddress server, WireQuestion question, RandomGenerator random, Deadline deadline) {
        this.server = server;
        this.query = query(question, random);
        this.deadline = deadline;
    }

    private static Message query(WireQuestion question, RandomGenerator random) {
        var query = new Message(random.nextInt(1 << 16));
        query.getHeader().setFlag(Flags.RD);
        // CD: an upstream that validates must hand over what it holds, so that we judge it (RFC 4035 §3.2.2).
        query.getHeader().setFlag(Flags.CD);
        query.addRecord(Record.newRecord(question.name(), question.type(), DClass.IN), Section.QUESTION);
        query.addRecord(new OPTRecord(UDP_PAYLOAD, 0, 0, ExtendedFlags.DO), Section.ADDITIONAL);
        return query;
    }

    /// Asks over UDP and, when the answer is truncated, over TCP.
    Reply ask() {
        byte[] octets = query.toWire(UDP_PAYLOAD);
        boolean sawNonsense = false;
        try (var socket = new DatagramSocket()) {
            socket.connect(server);
            socket.send(new DatagramPacket(octets, octets.length));
            var packet = new DatagramPacket(new byte[UDP_BUFFER], UDP_BUFFER);
            while (!deadline.isOver()) {
                socket.setSoTimeout(deadline.socketMillis());
                packet.setLength(UDP_BUFFER);
                socket.receive(packet);
                Optional<Message> answer = answer(ByteBuffer.wrap(packet.getData(), 0, packet.getLength()));
                if (answer.isPresent()) {
                    return answer.get().getHeader().getFlag(Flags.TC) ? askOverTcp() : judge(answer.get());
                }
                sawNonsense = true;
            }
        } catch (SocketTimeoutException e) {
            // Falls through: whether anything came at all decides what is said.
        } catch (PortUnreachableException e) {
            return missing(Reason.UNREACHABLE, "could not be reached (port closed) for");
        } catch (IOException e) {
            return missing(Reason.UNREACHABLE, "could not be reached for");
        }
        return sawNonsense
                ? missing(Reason.MALFORMED, "sent nothing readable for")
                : missing(Reason.TIMED_OUT, "did not answer in time for");
    }

    /// Asks over TCP alone (RFC 7766).
    Reply askOverTcp() {
        byte[] octets = query.toWire(Message.MAXLENGTH);
        try (var socket = new Socket()) {
            socket.setTcpNoDelay(true);
            socket.connect(server, deadline.socketMillis());
            socket.getOutputStream()
                    .write(ByteBuffer.allocate(octets.length + 2)
                            .putShort((short) octets.length)
                            .put(octets)
                            .array());
            ByteBuffer length = read(socket, 2);
            Optional<Message> answer = answer(read(socket, Short.toUnsignedInt(length.getShort())));
            return answer.isPresent()
                    ? judge(answer.get())
                    : missing(Reason.MALFORMED, "sent nothing readable over TCP for");
        } catch (SocketTimeoutException e) {
            return missing(Reason.TIMED_OUT, "did not answer in time over TCP for");
        } catch (EOFException e) {
            return missing(Reason.UNREACHABLE, "closed the TCP connection without an answer to");
        } catch (IOException e) {
            return missing(Reason.UNREACHABLE, "could not be reached over TCP for");
        }
    }

    /// Reads so many octets; a server that drips them one by one does not outlast the deadline.
    private ByteBuffer read(Socket socket, int length) throws IOException {
        InputStream in = socket.getInputStream();
        byte[] octets = new byte[length];
        int done = 0;
        while (done < length) {
            if (deadline.isOver()) {
                throw new SocketTimeoutException("deadline");
            }
            socket.setSoTimeout(deadline.socketMillis());
            int count = in.read(octets, done, length - done);
            if (count < 0) {
                throw new EOFException();
            }
            done += count;
        }
        return ByteBuffer.wrap(octets);
    }

    /// The octets as an answer to this very question, else empty (RFC 5452 §9.1).
    private Optional<Message> answer(ByteBuffer octets) {
        Message message;
        try {
            message = new Message(octets);
        } catch (IOException | RuntimeException e) {
            // The parser meets hostile octets here, and not all it throws is an IOException.
            return Optional.empty();
        }
        var header = message.getHeader();
        boolean ours = header.getID() == query.getHeader().getID()
                && header.getFlag(Flags.QR)
                && header.getOpcode() == Opcode.QUERY
                && asksTheSame(message);
        return ours ? Optional.of(message) : Optional.empty();
    }

    private boolean asksTheSame(Message message) {
        var questions = message.getSection(Section.QUESTION);
        if (questions.isEmpty()) {
            // A server that could not even read the question cannot repeat it.
            return message.getRcode() != Rcode.NOERROR && message.getRcode() != Rcode.NXDOMAIN;
        }
        return questions.size() == 1 && questions.getFirst().equals(query.getQuestion());
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
        Record asked = query.getQuestion();
        var question = new WireQuestion(asked.getName(), asked.getType());
        return Reply.missing(reason, Upstreams.text(server) + " " + what + " " + question);
    }
}
