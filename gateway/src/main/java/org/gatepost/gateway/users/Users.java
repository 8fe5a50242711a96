// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.users;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.config.GatewayConfig.Listen;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Checks user names and passwords against a [UserFile], which is read again when it has changed.
///
/// Hashes are slow on purpose. They are made by few threads of the system's, for on virtual ones they would keep
/// everything else from running; and the last password of a user that was right is known again by a keyed digest,
/// which never leaves the memory. Safe for use by many threads.
public final class Users {
    private static final Logger LOG = LoggerFactory.getLogger(Users.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /// After so long a file that could not be used is looked at again, whatever it looks like: its permissions may
    /// have been mended, or the disk.
    private static final Duration SECOND_LOOK = Duration.ofSeconds(5);

    private static final int MOST_WAITING = 200;

    private final Path file;
    private final LongSupplier nanoTime;
    private final Executor hashing;
    private final SecretKeySpec secret;
    private final PasswordHash nobody;
    private final Map<ByteBuffer, CompletableFuture<Boolean>> underWay = new ConcurrentHashMap<>(); // by digest
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

    /// @param stamp of the file that was last looked at
    /// @param failed when it could not be used, by the clock that only goes on; empty when it could
    /// @param proven digests of passwords that were right
    private record Known(
            String stamp,
            Optional<Long> failed,
            Map<String, PasswordHash> hashes,
            Map<String, ByteBuffer> proven,
            FailedGuesses guesses) {}

    private Users(Path file, LongSupplier nanoTime, Executor hashing) throws ConfigProblem {
        this.file = file;
        this.nanoTime = nanoTime;
        this.hashing = hashing;
        SecureRandom random = new SecureRandom();
        byte[] key = new byte[32];
        random.nextBytes(key);
        this.secret = new SecretKeySpec(key, "HmacSHA256");
        this.nobody = PasswordHash.of("nobody", random);
        String stamp = stamp(file);
        this.known = known(stamp, UserFile.read(file), Map.of());
    }

    /// The users that a configuration names.
    ///
    /// @return empty when it names none
    /// @throws ConfigProblem naming key, file, line and rule
    public static Optional<Users> of(Listen listen) throws ConfigProblem {
        if (listen.usersFile().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(open(listen.usersFile().get()));
        } catch (ConfigProblem e) {
            throw new ConfigProblem("listen.users-file: " + e.getMessage(), e);
        }
    }

    /// @throws ConfigProblem naming file, line and rule
    public static Users open(Path file) throws ConfigProblem {
        return open(file, System::nanoTime, pool());
    }

    static Users open(Path file, LongSupplier nanoTime, Executor hashing) throws ConfigProblem {
        return new Users(file, nanoTime, hashing);
    }

    /// Half of the processors at most: whoever guesses must not keep mail from moving.
    private static Executor pool() {
        int most = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        var pool = new ThreadPoolExecutor(
                most,
                most,
                1,
                TimeUnit.MINUTES,
                new ArrayBlockingQueue<>(MOST_WAITING),
                Thread.ofPlatform().daemon().name("password-", 0).factory());
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private Known known(String stamp, Map<String, PasswordHash> hashes, Map<String, ByteBuffer> proven) {
        return new Known(stamp, Optional.empty(), hashes, new ConcurrentHashMap<>(proven), new FailedGuesses(nanoTime));
    }

    /// @param client who says so
    public Verdict check(String user, String password, InetAddress client) {
        String name = UserFile.normal(user);
        Known now = current();
        ByteBuffer digest = digest(name, password);
        ByteBuffer proven = now.proven().get(name);
        if (now.guesses().areTooMany(client, name, proven != null)) {
            return Verdict.TOO_MANY_GUESSES;
        }
        if (digest.equals(proven)) {
            return Verdict.RIGHT;
        }
        if (now.guesses().isRepeated(client, name, digest)) {
            return Verdict.WRONG;
        }
        return checkOnce(new Guess(now, name, password, digest, client));
    }

    private record Guess(Known known, String name, String password, ByteBuffer digest, InetAddress client) {
        FailedGuesses.Leave begin() {
            return known.guesses().begin(client, name, known.proven().containsKey(name));
        }

        void wasRight() {
            takeBack();
            known.proven().put(name, digest);
        }

        void takeBack() {
            known.guesses().takeBack(client, name);
        }
    }

    /// Whoever says the same at the same time is answered with it, as a client that comes with many connections.
    private Verdict checkOnce(Guess guess) {
        ByteBuffer key = guess.digest();
        var mine = new CompletableFuture<Boolean>();
        CompletableFuture<Boolean> other = underWay.putIfAbsent(key, mine);
        if (other != null) {
            return await(other);
        }
        boolean begun = false;
        try {
            FailedGuesses.Leave leave = guess.begin();
            if (leave != FailedGuesses.Leave.BEGUN) {
                return leave == FailedGuesses.Leave.LATER ? Verdict.BUSY : Verdict.TOO_MANY_GUESSES;
            }
            long since = System.nanoTime();
            hashing.execute(() -> carryOut(guess, since, mine));
            begun = true;
        } catch (RejectedExecutionException e) {
            return Verdict.BUSY;
        } finally {
            if (!begun) {
                forget(key, mine);
            }
        }
        return await(mine);
    }

    private void forget(ByteBuffer key, CompletableFuture<Boolean> mine) {
        underWay.remove(key, mine);
        mine.cancel(false);
    }

    private void carryOut(Guess guess, long since, CompletableFuture<Boolean> mine) {
        boolean settled = false;
        try {
            if (System.nanoTime() - since < PATIENCE.toNanos()) { // otherwise nobody waits for it any more
                boolean right = isRight(guess);
                settle(guess, right);
                settled = true;
                mine.complete(right);
            }
        } finally {
            if (!settled) {
                guess.takeBack();
            }
            forget(guess.digest(), mine);
        }
    }

    private static void settle(Guess guess, boolean right) {
        if (right) {
            guess.wasRight();
        } else {
            guess.known().guesses().wasWrong(guess.client(), guess.name(), guess.digest());
        }
    }

    /// A user who does not exist takes as long as one who does.
    private boolean isRight(Guess guess) {
        Map<String, PasswordHash> hashes = guess.known().hashes();
        PasswordHash hash = hashes.get(guess.name());
        int slowest =
                hashes.values().stream().mapToInt(PasswordHash::iterations).reduce(nobody.iterations(), Math::max);
        return (hash == null ? nobody : hash).matches(guess.password(), slowest) && hash != null;
    }

    private static Verdict await(CompletableFuture<Boolean> right) {
        try {
            return right.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS) ? Verdict.RIGHT : Verdict.WRONG;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Verdict.BUSY;
        } catch (ExecutionException | TimeoutException | CancellationException e) {
            return Verdict.BUSY;
        }
    }

    /// Nobody who does not know the secret learns anything from how long two of them take to be compared.
    private ByteBuffer digest(String name, String password) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(secret);
            return ByteBuffer.wrap(mac.doFinal((name + "\0" + password).getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC", e);
        }
    }

    private Known current() {
        Known now = known;
        return isToBeRead(now, stamp(file)) ? readAgain() : now;
    }

    private boolean isToBeRead(Known now, String stamp) {
        return !stamp.equals(now.stamp()) || isSecondLook(now);
    }

    private boolean isSecondLook(Known now) {
        return now.failed()
                .filter(since -> nanoTime.getAsLong() - since >= SECOND_LOOK.toNanos())
                .isPresent();
    }

    /// A file that cannot be used changes nothing, nor does one that may be half written, until it has stayed so.
    private synchronized Known readAgain() {
        Known now = known;
        String stamp = stamp(file);
        if (!isToBeRead(now, stamp)) {
            return now;
        }
        boolean isNew = !stamp.equals(now.stamp());
        try {
            Map<String, PasswordHash> hashes = isNew ? UserFile.readWhole(file) : UserFile.read(file);
            now = known(stamp, hashes, unchanged(now, hashes));
            LOG.info("users: {} of {}", hashes.size(), file);
        } catch (ConfigProblem e) {
            if (isNew) {
                LOG.error("users: the changed file cannot be used, what it said before holds: {}", e.getMessage());
            }
            now = new Known(stamp, Optional.of(nanoTime.getAsLong()), now.hashes(), now.proven(), now.guesses());
        }
        known = now;
        return now;
    }

    private static Map<String, ByteBuffer> unchanged(Known before, Map<String, PasswordHash> hashes) {
        Map<String, ByteBuffer> proven = new HashMap<>(before.proven());
        proven.keySet()
                .removeIf(name -> !String.valueOf(hashes.get(name))
                        .equals(String.valueOf(before.hashes().get(name))));
        return proven;
    }

    /// What changes with the file: `ctime`, too, for the time of a file's contents can be set.
    private static String stamp(Path file) {
        try {
            return Files.readAttributes(file, "unix:lastModifiedTime,size,ctime,ino,dev")
                    .toString();
        } catch (IOException e) {
            return "";
        }
    }
}
