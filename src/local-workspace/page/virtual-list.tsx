import { Component, type ComponentChildren, createRef } from 'preact';

interface Props<T> {
  items: readonly T[];
  keyOf: (item: T) => string;
  draw: (item: T, index: number) => ComponentChildren;
  label: string;
  /** The beginning is near: there may be older items to fetch. */
  onNearTop?: () => void;
  /** Another number: go to the end, wherever the reader is. */
  jump: number;
}

const GUESS = 72;
const MARGIN = 600;
const NEAR_TOP = 4000;
const AT_END = 60;

/**
 * Draws only what can be seen of a long list whose items differ in height. It follows the end while the reader is there; else
 * what is read stays where it is, whatever is added, changes or turns out higher than guessed.
 */
export class VirtualList<T> extends Component<Props<T>, { top: number; height: number; isAway: boolean }> {
  override state = { top: 0, height: innerHeight, isAway: false };
  private readonly scroller = createRef<HTMLDivElement>();
  private readonly rows = createRef<HTMLDivElement>();
  private readonly heights = new Map<string, number>();
  private offsets: number[] = [0];
  private follows = true;
  private anchor: { key: string; at: number } | undefined;
  private watcher: ResizeObserver | undefined;
  /** How much above and below is drawn in advance: nothing until the first painting, which somebody waits for. */
  private margin = 0;

  override componentDidMount(): void {
    this.watcher = new ResizeObserver(() => this.settle());
    if (this.scroller.current) this.watcher.observe(this.scroller.current);
    if (this.rows.current) this.watcher.observe(this.rows.current);
    this.settle();
    requestAnimationFrame(() =>
      setTimeout(() => {
        this.margin = MARGIN;
        this.forceUpdate();
      }),
    );
  }

  override componentDidUpdate(before: Props<T>): void {
    if (before.jump !== this.props.jump) this.follows = true;
    this.settle();
  }

  override componentWillUnmount(): void {
    this.watcher?.disconnect();
  }

  private measure(): boolean {
    let changed = false;
    for (const row of this.rows.current?.children ?? []) {
      const key = (row as HTMLElement).dataset.key ?? '';
      const { height } = row.getBoundingClientRect();
      if (height > 0 && this.heights.get(key) !== height) {
        this.heights.set(key, height);
        changed = true;
      }
    }
    return changed;
  }

  /** After every drawing, before it is painted: the reader's place is put back, and what is now in view is drawn. */
  private settle(): void {
    const scroller = this.scroller.current;
    if (!scroller) return;
    const changed = this.measure();
    if (this.follows) scroller.scrollTop = scroller.scrollHeight;
    else if (this.anchor) {
      const row = this.rowOf(this.anchor.key);
      if (row) {
        const moved = row.getBoundingClientRect().top - scroller.getBoundingClientRect().top - this.anchor.at;
        if (Math.abs(moved) > 0.5) scroller.scrollTop += moved;
      }
    }
    this.look(changed);
  }

  private rowOf(key: string): Element | undefined {
    return [...(this.rows.current?.children ?? [])].find((row) => (row as HTMLElement).dataset.key === key);
  }

  private look(changed: boolean): void {
    const scroller = this.scroller.current;
    if (!scroller) return;
    const { scrollTop, clientHeight } = scroller;
    const isAway = !this.follows && scroller.scrollHeight - scrollTop - clientHeight > clientHeight;
    const moved = Math.abs(scrollTop - this.state.top) > MARGIN / 4 || clientHeight !== this.state.height || isAway !== this.state.isAway;
    if (changed || moved) this.setState({ top: scrollTop, height: clientHeight, isAway });
    if (scrollTop < NEAR_TOP) this.props.onNearTop?.();
  }

  private readonly scrolled = (): void => {
    const scroller = this.scroller.current;
    if (!scroller) return;
    this.follows = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < AT_END;
    const top = scroller.getBoundingClientRect().top;
    const first = [...(this.rows.current?.children ?? [])].find((row) => row.getBoundingClientRect().bottom > top);
    const key = (first as HTMLElement | undefined)?.dataset.key;
    this.anchor = first && key !== undefined ? { key, at: first.getBoundingClientRect().top - top } : undefined;
    this.look(false);
  };

  /** The arrow keys go from item to item. */
  private readonly pressed = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const target = event.target as HTMLElement;
    if (step === 0 || (target !== this.scroller.current && target.tagName !== 'ARTICLE')) return;
    event.preventDefault();
    const rows = [...(this.rows.current?.querySelectorAll<HTMLElement>('article') ?? [])];
    const at = rows.indexOf(target);
    const next = at < 0 ? rows.at(step > 0 ? 0 : -1) : rows[at + step];
    next?.focus();
    next?.scrollIntoView({ block: 'nearest' });
  };

  private range(): { from: number; to: number } {
    const { items, keyOf } = this.props;
    const known = this.heights.size;
    const guess =
      known > 0 ? [...this.heights.values()].slice(0, 50).reduce((sum, height) => sum + height, 0) / Math.min(known, 50) : GUESS;
    const offsets = [0];
    let sum = 0;
    for (const item of items) {
      sum += this.heights.get(keyOf(item)) ?? guess;
      offsets.push(sum);
    }
    this.offsets = offsets;
    const { height } = this.state;
    const top = this.follows ? Math.max(0, sum - height) : this.state.top;
    return { from: Math.max(0, this.at(top - this.margin)), to: Math.min(items.length, this.at(top + height + this.margin) + 1) };
  }

  /** The item that stands at that height. */
  private at(offset: number): number {
    let low = 0;
    let high = this.offsets.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.offsets[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private readonly toEnd = (): void => {
    this.follows = true;
    this.settle();
  };

  render({ items, keyOf, draw, label }: Props<T>) {
    const { from, to } = this.range();
    const total = this.offsets.at(-1) ?? 0;
    return (
      <div class="scrolled">
        <div
          ref={this.scroller}
          class="messages"
          role="feed"
          aria-label={label}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
          tabIndex={0}
          onScroll={this.scrolled}
          onKeyDown={this.pressed}
        >
          <div class="fill" />
          <div style={{ height: `${this.offsets[from] ?? 0}px` }} />
          <div ref={this.rows}>
            {items.slice(from, to).map((item, index) => (
              <div key={keyOf(item)} data-key={keyOf(item)} class="row">
                {draw(item, from + index)}
              </div>
            ))}
          </div>
          <div style={{ height: `${Math.max(0, total - (this.offsets[to] ?? total))}px` }} />
        </div>
        {this.state.isAway ? (
          <button type="button" class="button newest" onClick={this.toEnd}>
            ↓ Newest
          </button>
        ) : null}
      </div>
    );
  }
}
