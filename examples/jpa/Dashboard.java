import java.math.BigDecimal;
import javax.persistence.Column;
import javax.persistence.Entity;
import javax.persistence.Id;
import javax.persistence.Table;
import org.eclipse.persistence.annotations.ReadOnly;

/** The view of the extension; a view has no key, so its tenant is named as one. */
@Entity
@ReadOnly
@Table(schema = "tenant_metrics", name = "dashboard")
public class Dashboard {
    @Id
    @Column(name = "tenant_id")
    public long tenantId;

    // NULL on or below a cycle of parents.
    public Integer depth;

    @Column(name = "subtree_events")
    public Long subtreeEvents;

    public BigDecimal cost;
}
