// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/// A small SMTP client for tests of the lab.
final class TestClient implements AutoCloseable {
    private Socket socket;
    private BufferedReader in;

    TestClient(MxHost host) throws IOException {
        socket = new Socket(host.address().getAddress(), host.address().getPort());
        socket.setSoTimeout(20_000);
        in = reader();
    }

    private BufferedReader reader() throws IOException {
        Reader reader = new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8);
        return new BufferedReader(reader);
    }

    static SSLContext trusting(LabCa ca) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("root", ca.root());
        var factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }

    void send(String octets) throws IOException {
        socket.getOutputStream().write(octets.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
    }

    /// One line of a reply; `closed` when the connection is, by FIN or by RST.
    String line() throws IOException {
        try {
            String line = in.readLine();
            return line == null ? "closed" : line;
        } catch (SocketException e) {
            return "closed";
        }
    }

    /// All lines of one reply.
    List<String> reply() throws IOException {
        List<String> lines = new ArrayList<>();
        do {
            lines.add(line());
        } while (lines.getLast().length() > 3 && lines.getLast().charAt(3) == '-');
        return lines;
    }

    /// The first line of the reply to a command.
    String ask(String command) throws IOException {
        send(command + "\r\n");
        return reply().getFirst();
    }

    /// Hands one message over, from EHLO on; returns the reply to the final dot.
    String deliver(String content) throws IOException {
        ask("EHLO client.test");
        ask("MAIL FROM:<a@sender.test>");
        ask("RCPT TO:<b@receiver.test>");
        ask("DATA");
        return ask(content + ".");
    }

    void startTls(SSLContext context, String name) throws IOException {
        var secured = (SSLSocket) context.getSocketFactory().createSocket(socket, name, socket.getPort(), true);
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
        secured.startHandshake();
        socket = secured;
        in = reader();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
