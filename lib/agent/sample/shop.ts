import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { assert } from "../../domain/assert.ts";
import { CUSTOMERS, PRODUCTS, SCHEMA_CHANGES, SHOP_SCHEMA } from "./shop-schema.ts";

const DELIVERY = 40;
const KEPT_VISITS = 150;

/** One row as numbers, for the sums and ids that the shop works with. */
type Numbers = Record<string, number>;

/**
 * A small shop that somebody's program runs on one SQLite file. Everything it does is one transaction that decides by
 * what is in the file at that moment, so it goes on after any restore. At every commit these sums agree:
 * stock = the sum of its moves, order = the sum of its lines, invoice = its order.
 */
export class Shop {
  readonly #database: DatabaseSync;
  readonly #random: () => number;

  /** @param random numbers in [0, 1), so that a test can repeat a day */
  constructor(path: string, random: () => number = Math.random) {
    this.#random = random;
    this.#database = new DatabaseSync(path, { timeout: 5000 });
    this.#database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
  }

  /** Makes tables and goods, unless they are there. */
  open(): void {
    this.#transact(() => {
      this.#database.exec(SHOP_SCHEMA);
      if (this.#number("SELECT count(*) AS n FROM products") > 0) return;
      for (const [name, priceCents] of PRODUCTS) {
        const { lastInsertRowid } = this.#run(
          "INSERT INTO products (name, price_cents, stock) VALUES (?, ?, 0)",
          name,
          priceCents,
        );
        this.#moveStock(Number(lastInsertRowid), DELIVERY, "delivery");
      }
      for (const [name, city] of CUSTOMERS) this.#run("INSERT INTO customers (name, city) VALUES (?, ?)", name, city);
    });
  }

  /** What happens next in the shop: one commit. */
  step(): void {
    const dice = this.#random();
    if (dice < 0.5) this.placeOrder();
    else if (dice < 0.72) this.issueInvoice();
    else if (dice < 0.97) this.visitPage();
    else this.receiveDelivery();
  }

  placeOrder(): void {
    this.#transact(() => {
      const customer = this.#pick("SELECT id FROM customers");
      const wanted = 1 + Math.floor(this.#random() * 3);
      const goods = this.#all("SELECT id, price_cents AS price, stock FROM products WHERE stock >= 3 ORDER BY id");
      const chosen = goods.filter(() => this.#random() < wanted / goods.length);
      const lines = chosen.map(({ id = 0, price = 0 }) => ({
        id,
        price,
        quantity: 1 + Math.floor(this.#random() * 3),
      }));
      if (customer === null || lines.length === 0) return this.#deliver();
      const totalCents = lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0);
      const order = this.#run(
        "INSERT INTO orders (customer_id, status, total_cents, placed_at) VALUES (?, 'placed', ?, ?)",
        customer,
        totalCents,
        Date.now(),
      ).lastInsertRowid;
      for (const { id, price, quantity } of lines) {
        this.#run(
          "INSERT INTO order_lines (order_id, product_id, quantity, price_cents) VALUES (?, ?, ?, ?)",
          order,
          id,
          quantity,
          price,
        );
        this.#moveStock(id, -quantity, "order");
      }
    });
  }

  issueInvoice(): void {
    this.#transact(() => {
      const [order] = this.#all(
        "SELECT id, total_cents AS total FROM orders WHERE status = 'placed' ORDER BY id LIMIT 1",
      );
      if (!order) return this.#deliver();
      this.#run(
        "INSERT INTO invoices (order_id, amount_cents, issued_at) VALUES (?, ?, ?)",
        order.id ?? 0,
        order.total ?? 0,
        Date.now(),
      );
      this.#run("UPDATE orders SET status = 'invoiced' WHERE id = ?", order.id ?? 0);
    });
  }

  visitPage(): void {
    this.#transact(() => {
      const product = this.#pick("SELECT id FROM products");
      this.#run(
        "INSERT INTO page_visits (customer_id, page, visited_at) VALUES (?, ?, ?)",
        this.#pick("SELECT id FROM customers"),
        `/products/${product}`,
        Date.now(),
      );
    });
  }

  receiveDelivery(): void {
    this.#transact(() => this.#deliver());
  }

  /** The bigger delete: old visits, all at once. @returns how many rows went */
  clearVisits(): number {
    return this.#transact(() =>
      Number(
        this.#run("DELETE FROM page_visits WHERE id <= (SELECT max(id) FROM page_visits) - ?", KEPT_VISITS).changes,
      ),
    );
  }

  /** The next change of the schema that was not made yet. @returns its SQL, or null when all are made */
  changeSchema(): string | null {
    return this.#transact(() => {
      const next = SCHEMA_CHANGES.find(({ done }) => this.#database.prepare(done).get() === undefined);
      if (next) this.#database.exec(next.sql);
      return next?.sql ?? null;
    });
  }

  /** How many sums disagree, seen in one read: always 0 while every commit is whole. */
  countContradictions(): number {
    return this.#number(`SELECT
      (SELECT count(*) FROM products p WHERE stock <> (SELECT sum(change) FROM stock_moves WHERE product_id = p.id)) +
      (SELECT count(*) FROM orders o WHERE total_cents <> (SELECT sum(quantity * price_cents) FROM order_lines WHERE order_id = o.id)) +
      (SELECT count(*) FROM invoices i JOIN orders o ON o.id = i.order_id WHERE i.amount_cents <> o.total_cents) +
      (SELECT count(*) FROM orders o WHERE (status = 'invoiced') <> EXISTS (SELECT 1 FROM invoices WHERE order_id = o.id)) AS n`);
  }

  close(): void {
    this.#database.close();
  }

  #deliver(): void {
    const [scarce] = this.#all("SELECT id FROM products ORDER BY stock, id LIMIT 1");
    this.#moveStock(scarce?.id ?? 1, DELIVERY, "delivery");
  }

  #moveStock(product: number, change: number, reason: string): void {
    this.#run(
      "INSERT INTO stock_moves (product_id, change, reason, moved_at) VALUES (?, ?, ?, ?)",
      product,
      change,
      reason,
      Date.now(),
    );
    this.#run("UPDATE products SET stock = stock + ? WHERE id = ?", change, product);
  }

  #transact<T>(work: () => T): T {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  #run(sql: string, ...values: SQLInputValue[]) {
    return this.#database.prepare(sql).run(...values);
  }

  #all(sql: string): Numbers[] {
    return this.#database.prepare(sql).all() as Numbers[];
  }

  #number(sql: string): number {
    const value = this.#database.prepare(sql).get()?.n;
    assert(typeof value === "number", "a count is a number");
    return value;
  }

  #pick(sql: string): number | null {
    const rows = this.#all(sql);
    return rows[Math.floor(this.#random() * rows.length)]?.id ?? null;
  }
}
