import java.math.BigDecimal;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.json.Json;
import javax.persistence.EntityManager;
import javax.persistence.Persistence;

/** JPA: scalars per row, the dashboard joined to the tenants, the view as an entity. */
public class Tenants {
    static final String EXPENSIVE = """
            SELECT t.id, t.name,
                   FUNCTION('tenant_adoption_rate', t.id), FUNCTION('tenant_subtree_cost', t.id)
            FROM Tenant t
            WHERE FUNCTION('tenant_subtree_cost', t.id) > :bound
            ORDER BY FUNCTION('tenant_subtree_cost', t.id) DESC""";

    // JPQL has no functions in FROM, so this one is SQL.
    static final String BELOW = """
            SELECT d.tenant_id, t.name, d.depth, d.subtree_cost
            FROM tenant_dashboard(?) AS d JOIN tenants AS t ON t.id = d.tenant_id
            ORDER BY t.name""";

    static final String ROOTS = "SELECT d FROM Dashboard d WHERE d.depth = 0 ORDER BY d.tenantId";

    public static void main(String[] arguments) {
        EntityManager manager = connect(URI.create(System.getenv("DATABASE_URL")));
        List<List<Object>> expensive = manager.createQuery(EXPENSIVE, Object[].class)
                .setParameter("bound", BigDecimal.TEN)
                .getResultList().stream().map(Tenants::row).toList();
        @SuppressWarnings("unchecked")
        List<Object[]> rows = manager.createNativeQuery(BELOW).setParameter(1, 2L).getResultList();
        List<List<Object>> below = rows.stream().map(Tenants::row).toList();
        List<List<Object>> roots = manager.createQuery(ROOTS, Dashboard.class)
                .getResultList().stream().map(d -> row(d.tenantId, d.subtreeEvents, d.cost)).toList();
        System.out.println(Json.createObjectBuilder(
                Map.of("expensive", expensive, "below", below, "roots", roots)).build());
        manager.getEntityManagerFactory().close();
    }

    /** Costs are BigDecimal, which keeps every digit; a number of JSON would not. */
    static List<Object> row(Object... columns) {
        return Arrays.stream(columns)
                .map(value -> value instanceof BigDecimal cost ? cost.toPlainString() : value).toList();
    }

    /** The password is in the URL, because EclipseLink decrypts a property that looks like hex. */
    static EntityManager connect(URI url) {
        String[] account = url.getUserInfo().split(":", 2);
        String password = account.length > 1 ? "&password=" + account[1] : "";
        String jdbc = "jdbc:postgresql://" + url.getHost() + ":" + url.getPort() + url.getPath()
                + "?user=" + account[0] + password;
        return Persistence.createEntityManagerFactory(
                "tenants", Map.of("javax.persistence.jdbc.url", jdbc)).createEntityManager();
    }
}
