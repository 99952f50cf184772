function Icon({ d, filled = false }: { d: string; filled?: boolean }) {
  return (
    <svg className={filled ? "icon filled" : "icon"} viewBox="0 0 20 20" aria-hidden="true">
      <path d={d} />
    </svg>
  );
}

export const SendIcon = () => <Icon d="M10 16V4.5M5 9.5l5-5 5 5" />;
export const StopIcon = () => <Icon d="M6 6h8v8H6z" filled />;
export const CloseIcon = () => <Icon d="m5.5 5.5 9 9m0-9-9 9" />;
export const PreviousIcon = () => <Icon d="m12 5-5 5 5 5" />;
export const NextIcon = () => <Icon d="m8 5 5 5-5 5" />;
export const UploadIcon = () => (
  <Icon d="M10 12.5V4m-3.5 3L10 3.5 13.5 7M4 12.5v2A1.5 1.5 0 0 0 5.5 16h9a1.5 1.5 0 0 0 1.5-1.5v-2" />
);
export const DownloadIcon = () => (
  <Icon d="M10 3.5V12m-3.5-3 3.5 3.5L13.5 9M4 12.5v2A1.5 1.5 0 0 0 5.5 16h9a1.5 1.5 0 0 0 1.5-1.5v-2" />
);
export const TrashIcon = () => <Icon d="M4 5.5h12M8 5.5V4h4v1.5m-6.5 0 .6 10h7.800l.6-10M8.5 8.5v4m3-4v4" />;
export const PlusIcon = () => <Icon d="M10 4.5v11M4.5 10h11" />;
export const MenuIcon = () => <Icon d="M3.5 6h13m-13 4h13m-13 4h13" />;
export const ArrowIcon = () => <Icon d="M5 10h10m-4-4 4 4-4 4" />;
export const CheckIcon = () => <Icon d="m5 10.5 3.5 3.5L15 6.5" />;
export const AlertIcon = () => (
  <Icon d="M10 6v5m0 2.5v.2M10 2.800a7.200 7.200 0 1 0 0 14.400 7.200 7.200 0 0 0 0-14.400Z" />
);

export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden="true">
      <path className="logo-face" d="M9 4.5 22 3l7 9.5-3 13L13 29 3 20z" />
      <path className="logo-top" d="M9 4.5 22 3l-6 10z" />
      <path className="logo-right" d="m22 3 7 9.5L16 13z" />
      <path className="logo-left" d="M9 4.5 16 13 3 20z" />
    </svg>
  );
}
