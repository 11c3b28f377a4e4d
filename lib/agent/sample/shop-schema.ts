/** The tables of the sample shop. Money is in cents; times are Unix milliseconds. */
export const SHOP_SCHEMA = `
  CREATE TABLE IF NOT EXISTS products (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, price_cents INTEGER NOT NULL, stock INTEGER NOT NULL CHECK (stock >= 0)
  );
  CREATE TABLE IF NOT EXISTS customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), status TEXT NOT NULL,
    total_cents INTEGER NOT NULL, placed_at INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS order_lines (
    order_id INTEGER NOT NULL REFERENCES orders (id), product_id INTEGER NOT NULL REFERENCES products (id),
    quantity INTEGER NOT NULL, price_cents INTEGER NOT NULL, PRIMARY KEY (order_id, product_id)
  );
  CREATE TABLE IF NOT EXISTS invoices (
    id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL UNIQUE REFERENCES orders (id),
    amount_cents INTEGER NOT NULL, issued_at INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS stock_moves (
    id INTEGER PRIMARY KEY, product_id INTEGER NOT NULL REFERENCES products (id), change INTEGER NOT NULL,
    reason TEXT NOT NULL, moved_at INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS page_visits (id INTEGER PRIMARY KEY, customer_id INTEGER, page TEXT NOT NULL, visited_at INTEGER NOT NULL);
`;

/** What the shop's developers change while it is open, in this order. Each names how to see that it was done. */
export const SCHEMA_CHANGES = [
  {
    done: "SELECT 1 FROM pragma_table_info('customers') WHERE name = 'loyalty_points'",
    sql: "ALTER TABLE customers ADD COLUMN loyalty_points INTEGER NOT NULL DEFAULT 0",
  },
  {
    done: "SELECT 1 FROM sqlite_schema WHERE name = 'orders_by_customer'",
    sql: "CREATE INDEX orders_by_customer ON orders (customer_id, placed_at)",
  },
  {
    done: "SELECT 1 FROM sqlite_schema WHERE name = 'reviews'",
    sql: "CREATE TABLE reviews (id INTEGER PRIMARY KEY, product_id INTEGER NOT NULL REFERENCES products (id), stars INTEGER NOT NULL, text TEXT)",
  },
] as const;

export const PRODUCTS: readonly [name: string, priceCents: number][] = [
  ["Enamel mug", 1490],
  ["Linen apron", 3900],
  ["Cast-iron pan", 6450],
  ["Bread knife", 4200],
  ["Olive-wood board", 5290],
  ["Salt cellar", 1850],
  ["Copper kettle", 8900],
  ["Tea towels, set of three", 2400],
  ["Pepper mill", 3650],
  ["Stoneware bowl", 2150],
  ["Coffee dripper", 2890],
  ["Preserving jar", 790],
];

export const CUSTOMERS: readonly [name: string, city: string][] = [
  ["Ada Lindqvist", "Uppsala"],
  ["Bruno Keller", "Zürich"],
  ["Chiara Moretti", "Bologna"],
  ["Diego Fuentes", "Valencia"],
  ["Emma Novák", "Brno"],
  ["Farid Haddad", "Lyon"],
  ["Grace Okafor", "Leeds"],
  ["Hana Sato", "Osaka"],
  ["Ivo Petrov", "Plovdiv"],
  ["Jonna Virtanen", "Tampere"],
];
