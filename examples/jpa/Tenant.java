import javax.persistence.Entity;
import javax.persistence.Id;
import javax.persistence.Table;

@Entity
@Table(name = "tenants")
public class Tenant {
    @Id
    public int id;

    public String name;
}
