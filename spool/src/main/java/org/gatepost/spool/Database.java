// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One connection to the database, with its statements kept prepared. Used by one thread at a time.
final class Database implements AutoCloseable {
    /// Reads one row.
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /// Reads one row and says whether to go on to the next.
    interface Visit {
        boolean goesOn(ResultSet row) throws SQLException;
    }

    private final Connection connection;
    private final Map<String, PreparedStatement> prepared = new HashMap<>();

    private Database(Connection connection) {
        this.connection = connection;
    }

    /// Opens the file for the thread that writes; creates it when it is absent.
    static Database toWrite(Path file) throws SQLException {
        return open(
                file,
                List.of(
                        "PRAGMA page_size = 8192",
                        "PRAGMA journal_mode = WAL",
                        // FULL: the log is synced before COMMIT returns. NORMAL would lose the last ones at a power
                        // cut.
                        "PRAGMA synchronous = FULL",
                        "PRAGMA wal_autocheckpoint = 2000",
                        "PRAGMA journal_size_limit = 67108864",
                        "PRAGMA cache_size = -32768"));
    }

    static Database toRead(Path file) throws SQLException {
        return open(file, List.of("PRAGMA query_only = ON", "PRAGMA cache_size = -4096"));
    }

    private static Database open(Path file, List<String> pragmas) throws SQLException {
        var database = new Database(DriverManager.getConnection("jdbc:sqlite:" + file));
        try {
            database.execute("PRAGMA busy_timeout = 5000");
            database.execute("PRAGMA temp_store = MEMORY");
            // The file may have been tampered with: believe nothing in it more than needed.
            database.execute("PRAGMA trusted_schema = OFF");
            database.execute("PRAGMA cell_size_check = ON");
            for (String pragma : pragmas) {
                database.execute(pragma);
            }
            return database;
        } catch (SQLException e) {
            database.close();
            throw e;
        }
    }

    void execute(String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /// @return how many rows changed
    int update(String sql, @Nullable Object... arguments) throws SQLException {
        return bound(sql, arguments).executeUpdate();
    }

    void each(Visit visit, String sql, @Nullable Object... arguments) throws SQLException {
        try (ResultSet rows = bound(sql, arguments).executeQuery()) {
            boolean more = true;
            while (more && rows.next()) {
                more = visit.goesOn(rows);
            }
        }
    }

    <T> List<T> all(Row<T> row, String sql, @Nullable Object... arguments) throws SQLException {
        List<T> found = new ArrayList<>();
        each(rows -> found.add(row.read(rows)), sql, arguments);
        return found;
    }

    <T> Optional<T> first(Row<T> row, String sql, @Nullable Object... arguments) throws SQLException {
        List<T> found = new ArrayList<>(1);
        each(
                rows -> {
                    found.add(row.read(rows));
                    return false;
                },
                sql,
                arguments);
        return found.stream().findFirst();
    }

    private PreparedStatement bound(String sql, @Nullable Object... arguments) throws SQLException {
        PreparedStatement statement = prepared.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            prepared.put(sql, statement);
        }
        for (int i = 0; i < arguments.length; i++) {
            statement.setObject(i + 1, arguments[i]);
        }
        return statement;
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            // Nothing was open that a close could still save: every change is committed or rolled back before.
        }
    }
}
