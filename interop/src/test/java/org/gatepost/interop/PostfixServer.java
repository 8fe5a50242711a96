// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.util.ArrayList;
import java.util.List;

/// Postfix as a receiving MTA: any number of MX hosts, which take mail for every domain into one Maildir.
final class PostfixServer implements AutoCloseable {
    private static final int MAIL_USER = 9_902;

    private final PostfixInstance postfix;
    private final Maildir mailbox;

    private PostfixServer(PostfixInstance postfix, Maildir mailbox) {
        this.postfix = postfix;
        this.mailbox = mailbox;
    }

    static PostfixServer start(Scratch scratch, SmtpListener... listeners) {
        return start(scratch, List.of(listeners));
    }

    static PostfixServer start(Scratch scratch, List<SmtpListener> listeners) {
        var mail = scratch.subfolder("mail").ownedBy(MAIL_USER);
        var parameters = """
                myhostname = %1$s
                smtpd_relay_restrictions = permit_mynetworks, reject
                virtual_mailbox_domains = static:any
                virtual_mailbox_maps = static:all/
                virtual_mailbox_base = %2$s
                virtual_uid_maps = static:%3$d
                virtual_gid_maps = static:%3$d
                smtpd_tls_received_header = yes
                smtpd_tls_loglevel = 1
                """.formatted(listeners.getFirst().hostname(), mail.folder(), MAIL_USER);
        var postfix = PostfixInstance.start(
                scratch,
                parameters,
                listeners.stream().map(PostfixServer::service).toList(),
                listeners.stream().map(SmtpListener::endpoint).toList());
        return new PostfixServer(postfix, new Maildir(mail.path("all"), postfix::logTail));
    }

    Maildir mailbox() {
        return mailbox;
    }

    String log() {
        return postfix.log();
    }

    @Override
    public void close() {
        postfix.close();
    }

    private static String service(SmtpListener listener) {
        var options = new ArrayList<String>();
        options.add("myhostname=" + listener.hostname());
        listener.identity().ifPresent(identity -> {
            options.add("smtpd_tls_security_level=may");
            options.add("smtpd_tls_chain_files=" + identity.key() + "," + identity.chain());
            // An MX host of last decade must be able to speak the TLS of its time.
            options.add("smtpd_tls_protocols=>=TLSv1");
            options.add("tls_medium_cipherlist=DEFAULT:@SECLEVEL=0");
        });
        listener.settings().forEach((parameter, value) -> options.add(parameter + "=" + value));
        return listener.address() + ":25 inet n - n - - smtpd -o " + String.join(" -o ", options);
    }
}
