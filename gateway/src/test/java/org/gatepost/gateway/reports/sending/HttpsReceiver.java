// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.sending;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/// A receiver of reports on loopback that speaks TLS and answers as it is told.
final class HttpsReceiver implements AutoCloseable {
    static final String HOST = "reports.receiver.example";

    private static final KeyPair KEYS = TestKeys.generate("RSA", 2048);
    private final X509Certificate certificate;
    private final SSLServerSocket server;
    private final List<Post> posts = new CopyOnWriteArrayList<>();
    private volatile String answer = "HTTP/1.1 201 Created\r\n\r\n";

    /// What was posted.
    record Post(String header, String bodyInHex) {}

    HttpsReceiver() throws IOException, GeneralSecurityException {
        certificate = TestKeys.selfSigned(KEYS, HOST);
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("key", KEYS.getPrivate(), new char[0], new Certificate[] {certificate});
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        server = (SSLServerSocket) context.getServerSocketFactory().createServerSocket();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        Thread.ofVirtual().start(this::serve);
    }

    X509Certificate certificate() {
        return certificate;
    }

    URI uri(String path) {
        return URI.create("https://" + HOST + ":" + server.getLocalPort() + path);
    }

    HttpsReceiver answers(String response) {
        answer = response;
        return this;
    }

    List<Post> posts() {
        return List.copyOf(posts);
    }

    private void serve() {
        while (!server.isClosed()) {
            try (SSLSocket socket = (SSLSocket) server.accept()) {
                posts.add(read(socket.getInputStream()));
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().flush();
            } catch (IOException e) {
                // The next client may do better; a closed server ends the loop.
            }
        }
    }

    private static Post read(InputStream input) throws IOException {
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        while (!header.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            int octet = input.read();
            if (octet < 0) {
                throw new IOException("the header does not end");
            }
            header.write(octet);
        }
        String text = header.toString(StandardCharsets.US_ASCII);
        int length = Integer.parseInt(text.replaceAll("(?s).*Content-Length: (\\d+)\r\n.*", "$1"));
        return new Post(text, HexFormat.of().formatHex(input.readNBytes(length)));
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
