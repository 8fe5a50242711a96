// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.users;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.gatepost.gateway.config.ConfigProblem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Checks user names and passwords against a [UserFile], which is read again when it has changed.
///
/// Hashes are slow on purpose. So no more of them are made at once than there are processors, and the last password
/// that was right is known again by a keyed digest, which never leaves the memory. Safe for use by many threads.
public final class Users {
    private static final Logger LOG = LoggerFactory.getLogger(Users.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Path file;
    private final FailedGuesses failures;
    private final Semaphore processors = new Semaphore(Runtime.getRuntime().availableProcessors(), true);
    private final SecretKeySpec secret;
    private final PasswordHash nobody;
    private volatile Known known;

    /// How a check ended.
    public enum Verdict {
        RIGHT,
        /// The user does not exist, or has another password.
        WRONG,
        /// The client has guessed wrongly too often; nothing was checked.
        TOO_MANY_GUESSES,
        /// Too many want to be checked; nothing was.
        BUSY
    }

    /// @param stamp of the file that was last looked at, whether it could be used or not
    /// @param proven digests of passwords that were right
    private record Known(Stamp stamp, Map<String, PasswordHash> hashes, Map<String, byte[]> proven) {}

    private record Stamp(Optional<FileTime> modified, long size) {}

    private Users(Path file, Map<String, PasswordHash> hashes, Stamp stamp, LongSupplier nanoTime) {
        this.file = file;
        this.failures = new FailedGuesses(nanoTime);
        this.known = new Known(stamp, hashes, new ConcurrentHashMap<>());
        SecureRandom random = new SecureRandom();
        byte[] key = new byte[32];
        random.nextBytes(key);
        this.secret = new SecretKeySpec(key, "HmacSHA256");
        this.nobody = PasswordHash.of("nobody", random);
    }

    /// @throws ConfigProblem naming file, line and rule
    public static Users open(Path file) throws ConfigProblem {
        return open(file, System::nanoTime);
    }

    static Users open(Path file, LongSupplier nanoTime) throws ConfigProblem {
        Stamp stamp = stamp(file);
        return new Users(file, UserFile.read(file), stamp, nanoTime);
    }

    /// @param client who says so
    public Verdict check(String user, String password, InetAddress client) {
        String name = UserFile.normal(user);
        if (failures.areTooMany(client, name)) {
            return Verdict.TOO_MANY_GUESSES;
        }
        Known now = current();
        byte[] digest = digest(name, password);
        byte[] proven = now.proven().get(name);
        if (proven != null && MessageDigest.isEqual(proven, digest)) {
            return Verdict.RIGHT;
        }
        Optional<Boolean> right = isRight(Optional.ofNullable(now.hashes().get(name)), password);
        if (right.isEmpty()) {
            return Verdict.BUSY;
        }
        if (!right.get()) {
            failures.note(client, name);
            return Verdict.WRONG;
        }
        now.proven().put(name, digest);
        return Verdict.RIGHT;
    }

    /// A user who does not exist takes as long as one who does.
    ///
    /// @return nothing when there was no processor for it in time
    private Optional<Boolean> isRight(Optional<PasswordHash> hash, String password) {
        try {
            if (!processors.tryAcquire(PATIENCE.toNanos(), TimeUnit.NANOSECONDS)) {
                return Optional.empty();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
        try {
            return Optional.of(hash.orElse(nobody).matches(password) && hash.isPresent());
        } finally {
            processors.release();
        }
    }

    private byte[] digest(String name, String password) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(secret);
            return mac.doFinal((name + "\0" + password).getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC", e);
        }
    }

    private Known current() {
        Known now = known;
        return stamp(file).equals(now.stamp()) ? now : readAgain();
    }

    /// A file that cannot be used changes nothing, for it may be half written.
    private synchronized Known readAgain() {
        Known now = known;
        Stamp stamp = stamp(file);
        if (stamp.equals(now.stamp())) {
            return now;
        }
        try {
            now = new Known(stamp, UserFile.read(file), new ConcurrentHashMap<>());
            LOG.info("users: {} of {}", now.hashes().size(), file);
        } catch (ConfigProblem e) {
            now = new Known(stamp, now.hashes(), now.proven());
            LOG.error("users: the changed file cannot be used, what it said before holds: {}", e.getMessage());
        }
        known = now;
        return now;
    }

    private static Stamp stamp(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(Optional.of(attributes.lastModifiedTime()), attributes.size());
        } catch (IOException e) {
            return new Stamp(Optional.empty(), 0);
        }
    }
}
